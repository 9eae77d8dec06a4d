"""Figures of the report: matplotlib draws them as SVG from `content`, in colours that follow the reader's theme."""
