"""The contact centre under test: started and stopped if it is the mock, and its admin port."""
