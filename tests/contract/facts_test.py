#!/usr/bin/env python3
"""The platforms' facts against the specifications that they name: what a spec says as a number is the number here.

Usage: facts_test.py; the specifications lie in $CARILLON_CONFORMANCE_DATA.
"""

import json
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# platform -> fact -> (file, path into it).
SPECIFIED = {
    "bluesky": {
        "text.graphemes_max": ("lexicons/app/bsky/feed/post.json", "defs/main/record/properties/text/maxGraphemes"),
        "text.bytes_max": ("lexicons/app/bsky/feed/post.json", "defs/main/record/properties/text/maxLength"),
        "text.languages_max": ("lexicons/app/bsky/feed/post.json", "defs/main/record/properties/langs/maxLength"),
        "text.tags_max": ("lexicons/app/bsky/feed/post.json", "defs/main/record/properties/tags/maxLength"),
        "text.tag_graphemes_max": ("lexicons/app/bsky/feed/post.json", "defs/main/record/properties/tags/items/maxGraphemes"),
        "media.count_max": ("lexicons/app/bsky/embed/images.json", "defs/main/properties/images/maxLength"),
        "media.image_bytes_max": ("lexicons/app/bsky/embed/images.json", "defs/image/properties/image/maxSize"),
        "media.video_bytes_max": ("lexicons/app/bsky/embed/video.json", "defs/main/properties/video/maxSize"),
        "profile.name_bytes_max": ("lexicons/app/bsky/actor/profile.json", "defs/main/record/properties/displayName/maxLength"),
        "profile.name_graphemes_max": ("lexicons/app/bsky/actor/profile.json", "defs/main/record/properties/displayName/maxGraphemes"),
        "profile.bio_bytes_max": ("lexicons/app/bsky/actor/profile.json", "defs/main/record/properties/description/maxLength"),
        "profile.bio_graphemes_max": ("lexicons/app/bsky/actor/profile.json", "defs/main/record/properties/description/maxGraphemes"),
        "profile.picture_bytes_max": ("lexicons/app/bsky/actor/profile.json", "defs/main/record/properties/avatar/maxSize"),
        "media.thumbnail_bytes_max": ("lexicons/app/bsky/embed/external.json", "defs/external/properties/thumb/maxSize"),
    },
    "x": {
        "text.weight_max": ("twitter-text/config-v3.json", "maxWeightedTweetLength"),
        "text.url_weight": ("twitter-text/config-v3.json", "transformedURLLength"),
        "poll.options_max": ("specs/x/openapi-2.167.json", "components/schemas/CreatePostsPoll/properties/options/maxItems"),
        "poll.option_characters_max": ("specs/x/openapi-2.167.json", "components/schemas/CreatePostsPoll/properties/options/items/maxLength"),
        "media.alt_characters_max": ("specs/x/openapi-2.167.json", "components/schemas/CreateMediaMetadataMetadataAltText/properties/text/maxLength"),
    },
    "mastodon": {},
}


def at(document, path: str):
    for part in path.split("/"):
        document = document[part]
    return document


def main() -> int:
    data = os.environ.get("CARILLON_CONFORMANCE_DATA")
    if not data:
        print("skip: $CARILLON_CONFORMANCE_DATA is not set")
        return 0
    wrong = 0
    for path in sorted((ROOT / "common" / "platform").glob("*/facts.json")):
        facts = json.loads(path.read_text())["facts"]
        for key, (file, pointer) in SPECIFIED[path.parent.name].items():
            said = at(json.loads((Path(data) / file).read_text()), pointer)
            good = facts[key]["value"] == said
            wrong += not good
            print(f"{'ok   ' if good else 'WRONG'} {path.parent.name} {key} = {facts[key]['value']}, {file}: {said}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
