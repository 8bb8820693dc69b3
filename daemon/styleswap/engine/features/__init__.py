"""What is known of a picture cell by cell, as planes by name."""
