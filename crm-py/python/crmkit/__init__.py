"""A CRM's brain without its body.

    >>> import crmkit
    >>> from datetime import datetime, timezone
    >>> scored = crmkit.Rules().score_leads(
    ...     {"company": ["Rénov'Ouest"], "job_title": ["Gérante"], "size": [24]},
    ...     at=datetime(2026, 11, 22, 9, tzinfo=timezone.utc),
    ... )
    >>> len(scored)
    1

`Rules` scores tables (anything that offers ``__arrow_c_stream__``: polars, pandas, pyarrow, DuckDB ...), whole or as
streams, and single records; makes their identity keys, groups duplicates and routes leads; `forecast`, `bands` and
`deal_risk` say what a table of deals comes to, how sure that is and what stands in the way; `sla_due` and
`sla_elapsed` say when rows are due and how much working time they took; `attribution` says which touches brought what,
`quote_totals` what quotes come to, `health` how well customers are and `segment` who belongs together; `Explained` shows
where a score comes from; `Crm` keeps records in a SQLite file or in memory, runs commands on them and answers what is due,
what comes next and why; `report` puts the day on one page. Every failure is a `CrmError`.
"""

from crmkit._crm import Crm
from crmkit._customers import Attribution, Segmented
from crmkit._deliver import DryRun, NotSent
from crmkit._errors import (
    Busy,
    Conflict,
    CrmError,
    Forbidden,
    InvalidInput,
    NotFound,
    StorageError,
)
from crmkit._evaluated import Evaluated, Routed
from crmkit._explained import Explained
from crmkit._native import __version__
from crmkit._page import Report, report
from crmkit._revenue import Bands, Forecast
from crmkit._revenue_rules import ForecastQuestion
from crmkit._rules import Rules
from crmkit._scored import ArrowStreamExportable, Scored
from crmkit._standard import (
    attribution,
    attribution_paths,
    bands,
    deal_risk,
    forecast,
    health,
    quote_totals,
    segment,
    sla_due,
    sla_elapsed,
)
from crmkit._stream import ScoreStream

__all__ = [
    "ArrowStreamExportable",
    "Attribution",
    "Bands",
    "Busy",
    "Conflict",
    "Crm",
    "CrmError",
    "DryRun",
    "Evaluated",
    "Explained",
    "Forecast",
    "ForecastQuestion",
    "Forbidden",
    "InvalidInput",
    "NotFound",
    "NotSent",
    "Report",
    "Routed",
    "Rules",
    "ScoreStream",
    "Scored",
    "Segmented",
    "StorageError",
    "__version__",
    "attribution",
    "attribution_paths",
    "bands",
    "deal_risk",
    "forecast",
    "health",
    "quote_totals",
    "report",
    "segment",
    "sla_due",
    "sla_elapsed",
]
