"""The laptop as a deployment target: the synthesised template, realised on an emulated AWS on 127.0.0.1.

The only place that knows moto. Nothing here ships, and nothing here knows what the product decides: it emulates AWS.
"""

import os

# Read by moto when it is imported: by default it lets pages of any origin read what it answers.
os.environ.setdefault("MOTO_DISABLE_GLOBAL_CORS", "true")
