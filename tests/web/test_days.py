"""The field for a day: years that nobody means are refused where they are typed."""

import pytest
from django.core.exceptions import ValidationError

from licet.web.base.days import DayField


@pytest.mark.parametrize(
    ("typed", "said"), [("0001-01-01", "from 1970-01-01 on"), ("9999-12-31", "up to 2899-12-31"), ("2027-02-30", "valid date")]
)  # fmt: skip
def test_a_year_that_nobody_means_is_refused(typed, said):
    with pytest.raises(ValidationError, match=said):
        DayField().clean(typed)
