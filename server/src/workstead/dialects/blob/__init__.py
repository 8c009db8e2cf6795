"""Azure Blob Storage's REST dialect, as azure-storage-blob, adlfs and azcopy speak it.

Source: https://learn.microsoft.com/rest/api/storageservices/blob-service-rest-api. Versions of the protocol are all
answered alike. Leases, snapshots, versions, page blobs and stored access policies are refused.
"""
