"""MLflow's REST API, spoken by unmodified ``mlflow`` clients."""
