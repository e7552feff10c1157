"""The public API, ``/v1``: thin handlers by resource; ``openapi.yaml`` says the same to clients."""
