"""The laptop as a deployment target: the synthesised template, realised on an emulated AWS on 127.0.0.1.

The only place that knows moto. Nothing here ships, and nothing here knows what the product decides: it emulates AWS.
A process that imports it has no AWS account any more.
"""

from stacks.local.surroundings import forget_developer_settings

forget_developer_settings()
