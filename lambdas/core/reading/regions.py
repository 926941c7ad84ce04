"""The names under which people know AWS regions: cities, countries and states of AWS's own list of regions."""

REGION_NAMES = {
    "n. virginia": "us-east-1", "north virginia": "us-east-1", "northern virginia": "us-east-1",
    "virginia": "us-east-1", "ohio": "us-east-2", "oregon": "us-west-2", "n. california": "us-west-1",
    "north california": "us-west-1", "northern california": "us-west-1", "california": "us-west-1",
    "canada central": "ca-central-1", "montreal": "ca-central-1", "calgary": "ca-west-1", "canada west": "ca-west-1",
    "sao paulo": "sa-east-1", "s\u00e3o paulo": "sa-east-1", "queretaro": "mx-central-1", "mexico": "mx-central-1",
    "ireland": "eu-west-1", "dublin": "eu-west-1", "london": "eu-west-2", "paris": "eu-west-3",
    "frankfurt": "eu-central-1", "zurich": "eu-central-2", "z\u00fcrich": "eu-central-2",
    "stockholm": "eu-north-1", "milan": "eu-south-1", "milano": "eu-south-1", "spain": "eu-south-2",
    "zaragoza": "eu-south-2", "cape town": "af-south-1", "bahrain": "me-south-1", "uae": "me-central-1",
    "dubai": "me-central-1", "tel aviv": "il-central-1", "mumbai": "ap-south-1", "hyderabad": "ap-south-2",
    "singapore": "ap-southeast-1", "sydney": "ap-southeast-2", "jakarta": "ap-southeast-3",
    "melbourne": "ap-southeast-4", "kuala lumpur": "ap-southeast-5", "malaysia": "ap-southeast-5",
    "auckland": "ap-southeast-6", "bangkok": "ap-southeast-7", "thailand": "ap-southeast-7",
    "hong kong": "ap-east-1", "taipei": "ap-east-2", "tokyo": "ap-northeast-1", "seoul": "ap-northeast-2",
    "osaka": "ap-northeast-3",
}  # fmt: skip
CONTINENTS = {"europe": "eu-", "the eu": "eu-", "asia": "ap-", "the us": "us-", "the usa": "us-", "canada": "ca-"}
