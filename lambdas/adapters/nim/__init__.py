"""The planning model behind two providers: a SageMaker endpoint that runs a NIM, or the hosted API."""
