// Ids decide what is unique and where it lives.
//
// An id is "<type>_<26 characters>" and, when its root is another aggregate, "~<root id>" after it:
//   post_2k7...            a post is its own root          dlv_9ab...~acct_5xy...    a delivery lives with its account
// The Kafka key is the aggregate's own id; the partition is murmur2 (Kafka's default hash, KIP-480) of the *root* id, computed
// here and set explicitly. Ids contain only [a-z0-9_~-]; the 26 characters are 128 bits of BLAKE2b in base32.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace carillon {

// The same parts give the same id, always: "<type>_<hash(parts)>", with "~root" when `root` is not empty.
// Parts are length-prefixed before hashing, so {"ab","c"} and {"a","bc"} differ.
std::string MakeId(std::string_view type, std::initializer_list<std::string_view> parts,
                   std::string_view root = {});

// 26 characters: 128 bits of BLAKE2b over the length-prefixed parts.
std::string HashText(std::initializer_list<std::string_view> parts);

// The root that an id carries; the id itself if it is its own root.
std::string_view RootOf(std::string_view id);

// "post" of "post_2k7...".
std::string_view TypeOf(std::string_view id);

// True if it has the shape above and `type` (any type if empty). At most 200 characters.
bool IsId(std::string_view text, std::string_view type = {});

// 26 random characters from the kernel. For request ids and instance names; never inside a domain.
std::string RandomText();

// Kafka's murmur2 over the bytes, as its Java client computes it.
int32_t Murmur2(std::string_view bytes);

// The partition of a root id: (murmur2 & 0x7fffffff) % partitions.
int PartitionOf(std::string_view root, int partitions);

}  // namespace carillon
