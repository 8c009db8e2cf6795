"""The storage account: containers of blobs, the account's keys, shared access signatures, datastores."""
