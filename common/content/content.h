// What two services have to compute alike from a post's content. Pure functions, thread-safe; nothing blocks.
#pragma once

#include <string>

#include "carillon/publisher/v1/delivery.pb.h"

namespace carillon::content {

// What an approval holds for, and what the publisher checks before it sends: 26 characters of BLAKE2b over every field of the
// content in a fixed order (text, link, media with their alt texts, reply, language; what follows the post; the forms; the conversation;
// the profile). It does not depend on protobuf's serialization, so it is the same in every process and version. A field that is added to
// Content has to be added here, so that contents without it keep their hash.
std::string ContentHash(const publisher::v1::Content& content);

// What is approved with a dispatch: of a publication, its content; of an action, also what is to be done, and to which post. So a publisher
// that does not know actions refuses them.
std::string DispatchHash(const publisher::v1::Dispatch& dispatch);

// A part that follows the post `whole`, as a post of its own: what is the part's, and what holds for all parts (language, visibility,
// content warning and labels).
publisher::v1::Content PartOf(const publisher::v1::Content& whole, const publisher::v1::ContentPart& part);

// Texts that a platform could show alike have the same key: ASCII letters and digits in lower case and all other characters,
// without white space and punctuation, of text and link. A look-up can't tell such posts apart, so the publisher never has two of
// them in doubt on one account. Different texts with one key cost waiting, nothing else.
std::string TextKey(const publisher::v1::Content& content);

}  // namespace carillon::content
