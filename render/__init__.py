"""What a board shows, pixel by pixel: the same at the appliance and in central's preview.

Law of the room: it stands on the contract alone and neither edge nor central stands below it. A bulletin, a
panel and the pictures go in, pages and findings come out; the same input gives the same pixels on every
machine, so no clock, no file but the fonts' and no setting of the machine is read here. Layout is arithmetic
over a measure that is passed in; Pillow has its doors in `faces`, `pictures` and `painting` (ADR 0028). Nothing
is cut and nothing is left out in silence: what does not fit becomes more pages, and what a reader would miss
becomes a finding.
"""
