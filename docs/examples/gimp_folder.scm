; Paints every picture of a folder with GIMP, without a window.
;
;     gimp-console -i --quit --batch-interpreter=plug-in-script-fu-eval \
;         -b '(load "gimp_folder.scm") (paint "photos/*.jpg" "painted" "builtin/woodcut")'
;
; The folder painted, which must exist, then holds a PNG for each picture. The first picture that
; cannot be painted ends the script with a sentence on why.

(define (paint pattern folder style)
  (for-each (lambda (path) (paint-one path folder style))
            (car (file-glob #:pattern pattern #:filename-encoding TRUE))))

(define (paint-one path folder style)
  (let* ((image (car (gimp-file-load RUN-NONINTERACTIVE path)))
         (layer (car (gimp-image-merge-visible-layers image CLIP-TO-IMAGE))))
    (plug-in-style-swap #:run-mode RUN-NONINTERACTIVE #:image image #:drawables (vector layer)
                        #:style style #:output "in-place")
    (gimp-file-save RUN-NONINTERACTIVE image
                    (string-append folder "/" (stem path) ".png"))
    (gimp-image-delete image)))

; The name of a file without its folder and its suffix.
(define (stem path)
  (let* ((name (car (last-pair (strbreakup path "/"))))
         (parts (reverse (strbreakup name "."))))
    (unbreakupstr (reverse (if (null? (cdr parts)) parts (cdr parts))) ".")))
