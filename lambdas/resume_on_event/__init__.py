"""Resume On Event: wake whoever waits for an endpoint that SageMaker tells of."""
