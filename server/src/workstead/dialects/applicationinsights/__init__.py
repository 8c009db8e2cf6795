"""The wire of Azure Monitor's clients: envelopes of Application Insights, posted to ``/v2.1/track``.

Source: https://learn.microsoft.com/azure/azure-monitor/app/data-model-complete
"""
