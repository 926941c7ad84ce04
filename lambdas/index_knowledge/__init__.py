"""Index Knowledge: whenever a document changes, build the index that retrieval searches."""
