"""What follows what within one moment: the rows of all behaviours."""

from workflows import assessment, checks, contact, discharge, plans, provider_offers, readmission, screening, visits
from workflows.step import Steps

# Each behaviour has its rows beside the steps that wait for something.
STEPS: Steps = {
    **screening.STEPS,
    **contact.STEPS,
    **assessment.STEPS,
    **plans.STEPS,
    **provider_offers.STEPS,
    **visits.STEPS,
    **checks.STEPS,
    **discharge.STEPS,
    **readmission.STEPS,
}
