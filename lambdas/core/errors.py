"""What can go wrong, by name. A class name here is the error name that the state machine catches.

AgentOpsError
├── TransientError            worth another try: the step's Retry names it
│   ├── StoreUnavailableError     DynamoDB, S3, SSM or EventBridge throttled or unreachable
│   └── EndpointHeldError         the run that holds the endpoint gives way, or is between two steps
├── DegradedError             whoever asked goes on without it and says so: it ends no step
│   ├── EmbeddingUnavailableError the embedding model did not answer, or none is configured
│   └── RerankingUnavailableError the reranking model did not answer, or none is configured
└── PermanentError            another try would end the same way
    ├── AuditError                the audit entry could not be written: no entry, no step
    ├── RecordError               a stored record is missing, or is not what this code reads
    ├── PolicyError               a policy file is wrong: file, line and reason
    ├── DocumentError             a knowledge document is wrong: file, line and reason
    ├── IndexTooLargeError        the knowledge base has more passages than a function's memory holds
    ├── NoEvidenceError           retrieval found no passage to rest a plan on
    ├── RetrievalModelError       an embedding or reranking model, or its reply, is not the one that was asked
    ├── PlannerBusyError          the NIM answered 429, 5xx or not in time, to the last of its client's tries
    ├── PlannerReplyError         the NIM's reply was refused twice: after the draft and after its repair
    ├── PlannerRefusedError       the NIM refused the request (4xx): key, model name or request
    ├── PlannerNotConfiguredError no NIM is configured, or the configured endpoint does not exist
    ├── PlannerBudgetError        the tokens of the run or of the day are used up
    ├── NotAskedError             fewer approvers can be asked than are needed
    ├── LeaseBusyError            another plan holds the endpoint, or every place of the environment is taken
    ├── PreconditionError         what was checked, shown or approved no longer holds; nothing was changed
    ├── EndpointFailedError       SageMaker could not make the change (quota, capacity, container)
    ├── NotLiveError              what runs is not what was asked: SageMaker or a person took it back
    ├── SmokeFailedError          the new fleet answered the smoke request wrongly
    ├── AlarmFiredError           an alarm of the deployment fired while it was made or baked
    └── NeedsPersonError          an endpoint is in a state that no rule may mend

Expected ends (denied, unclear, duplicate, invalid) are no errors: handlers return them (see `core.ends`).
"""


class AgentOpsError(Exception):
    """Base of every error that this project raises on purpose."""


class TransientError(AgentOpsError):
    """A failure that may pass: the state machine retries it with backoff and jitter."""


class StoreUnavailableError(TransientError):
    """An AWS store (DynamoDB, S3, SSM, EventBridge) was throttled or unreachable; the message names the call."""


class EndpointHeldError(TransientError):
    """An alarm came while the run that holds the endpoint gave way or was between two steps: look again in a moment."""


class DegradedError(AgentOpsError):
    """A part does not answer that retrieval can do without: the evidence names it, and no step of a workflow ends so.

    It was tried again where it was asked. A build of the index that has vectors to lose is ended by it.
    """


class EmbeddingUnavailableError(DegradedError):
    """The embedding model did not answer in time, or none is configured; retrieval goes on with words alone."""


class RerankingUnavailableError(DegradedError):
    """The reranking model did not answer in time, or none is configured; retrieval keeps the fused order."""


class PermanentError(AgentOpsError):
    """A failure that a retry would only repeat."""


class AuditError(PermanentError):
    """The audit entry could not be written, so the step that it announces must not happen."""


class RecordError(PermanentError):
    """A stored record is missing or unreadable; the message names its key and what was expected."""


class PolicyError(PermanentError):
    """A policy file is wrong; the message holds `file:line: where: reason`."""


class DocumentError(PermanentError):
    """A document of the knowledge base is wrong; the message holds `file:line: reason`."""


class IndexTooLargeError(PermanentError):
    """The knowledge base has more passages than a function's memory holds vectors of."""


class NoEvidenceError(PermanentError):
    """No passage of the knowledge base supports the intent: without evidence nothing is planned."""


class RetrievalModelError(PermanentError):
    """A model's id, dimensions or reply are not what was asked or what the index was built with; both are named."""


class PlannerBusyError(PermanentError):
    """The planning model answered 429 or 5xx, or not within the time that this step has, to its client's last try."""


class PlannerReplyError(PermanentError):
    """The planning model's reply was refused, and so was its one repair; the message lists the reasons."""


class PlannerRefusedError(PermanentError):
    """The planning model refused the request (a 4xx): wrong key, unknown model, or a request it does not read."""


class PlannerNotConfiguredError(PermanentError):
    """No planning model is configured or its endpoint does not exist; the message says what to configure."""


class PlannerBudgetError(PermanentError):
    """The planning model may use no more tokens in this run, or today; the message holds both numbers."""


class NotAskedError(PermanentError):
    """Fewer approvers can be asked than are needed; the message names each with what is missing."""


class LeaseBusyError(PermanentError):
    """Another plan may change the endpoint now, or the environment has no place left; the message names the holder."""


class PreconditionError(PermanentError):
    """What was checked, shown or approved no longer holds; the message says what. Nothing was changed."""


class EndpointFailedError(PermanentError):
    """SageMaker could not make the change; the message holds its reason."""


class NotLiveError(PermanentError):
    """The live configuration or image is not what the plan asked; the message holds both."""


class SmokeFailedError(PermanentError):
    """The new fleet did not answer the catalogue's smoke request as expected; the message says what it answered."""


class AlarmFiredError(PermanentError):
    """An alarm of the deployment fired while SageMaker made the change or we baked it; the message names it."""


class NeedsPersonError(PermanentError):
    """The endpoint is in a state that no rule may mend; the message says what a person has to look at."""
