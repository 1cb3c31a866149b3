"""An invented day of a whole hospital's HL7 v2 feed, and what it makes at the municipality."""
