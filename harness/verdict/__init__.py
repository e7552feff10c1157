"""Objectives × KPIs -> verdict. Pure: a function of the run record and an SLA."""
