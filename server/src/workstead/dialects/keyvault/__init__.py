"""Azure Key Vault's REST dialect for secrets, as azure-keyvault-secrets speaks it.

Source: https://learn.microsoft.com/rest/api/keyvault/secrets (version 7.6; others are answered alike).
"""
