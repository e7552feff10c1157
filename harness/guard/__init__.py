"""Never test in production: what must be true of a target before a customer is sent there."""
