"""What a run left behind: one SQLite file, from which every report can be made again."""
