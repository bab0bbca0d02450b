"""Pages over HTTP, while serve runs: health, metrics, readers' pages and the editor's desk."""
