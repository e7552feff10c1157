"""Each KPI once: what it is, and how to compute it exactly. All pure."""
