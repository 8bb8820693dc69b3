"""The judge of models and pictures: `styleswap evaluate`.

* `grid`: the fixed pictures that are painted, never trained or selected on.
* `candidates`: the model to judge, and how its engine is set.
* `reading`: the inverse network alone: round trip, noise, swapped activations.
* `weave`: whether a model lays a pattern over what it paints.
* `references`: what the painted pictures are compared with; `store` keeps them.
* `pictures`: what is measured of a painted picture (`styleswap.training.appearance`, `bands`,
  `texture`, `outlines`).
* `coverage`: what is measured of the picks that it was pasted of.
* `trial`: one way of painting on the grid, in one call, for scripts.
* `gates`: the figures that a model must reach.
* `tables` and `sheet`: what is shown.
"""
