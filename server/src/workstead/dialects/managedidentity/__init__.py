"""The endpoint that Azure's clients ask for the token of a managed identity; on an instance, that is the instance's.

Source: https://learn.microsoft.com/azure/app-service/overview-managed-identity (REST endpoint, api-version 2019-08-01)
"""
