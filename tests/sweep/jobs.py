"""Jobs in tests: what is put is done at once, within the test's own transaction."""

from licet.sweep import work


def at_once(jobs):
    for job in jobs:
        work.work(job.pk)
