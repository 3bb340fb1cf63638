# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documents the words of an application: in the log of its workers, and in its answer what it holds."""

from __future__ import annotations


class ModuleDocFragment:
    """Options of the modules that read what an application prints."""

    LOG = """\
options:
  failure_marker:
    description:
      - The text that marks a log line about a failure, by which CloudWatch Logs filters.
    type: str
    default: IMPORT_FAILURE
  log_words:
    description:
      - The words of the workers' log, as regular expressions of Python. The fields of O(job_key) are named groups, and
        C(scenario) and C(dataset) may be.
      - What is left out is the Climate API's with the default O(job_key), and else not known.
    type: dict
    default: {}
    suboptions:
      taken:
        description:
          - Finds the line of a job that is begun.
        type: str
      failed:
        description:
          - Finds the marked line of a try that failed, and will be repeated.
        type: str
      given_up:
        description:
          - Finds the marked line of a job that is given up. With the default O(job_key), the groups C(model_id) and
            C(scenario_id) may stand for names.
        type: str
      final:
        description:
          - What the line of a job that is given up ends in, C(giving up.) by default; other tries are only counted. If
            O(log_words.given_up) is given without it, that alone tells.
        type: str
"""

    ANSWER = """\
options:
  climate_dataset:
    description:
      - The data set of the application whose data sources count. Needed only if it has data sources of several.
    type: str
    default: ''
  marker:
    description:
      - The word at the beginning of the lines of O(command) that list what is imported.
    type: str
    default: INGEST_COMPLETED
  end_marker:
    description:
      - The word at the beginning of the last line of O(command), before the number of listed jobs.
    type: str
    default: INGEST_END
  cities_marker:
    description:
      - The word at the beginning of the lines of O(command) about cities.
    type: str
    default: INGEST_CITIES
"""
