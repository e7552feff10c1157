"""The definitions of the catalogue, by what they are about; ``kpi`` says what a definition is."""
