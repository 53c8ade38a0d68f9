// What X counts, as data: the third configuration that X published. A facts file may override any of it; the first and the second
// differ in these numbers only.
#pragma once

#include <unicode/umachine.h>

#include <vector>

namespace carillon::twitter_text {

struct WeightRange {
  UChar32 first = 0;
  UChar32 last = 0;
  int weight = 0;
};

struct Config {
  int length_max = 280;      // weighted
  int scale = 100;           // a weight of this much is a length of 1
  int default_weight = 200;  // of a code point outside the ranges, and of an emoji
  int url_length = 23;       // weighted, of any URL
  bool emoji_counted_whole = true;  // else code point by code point
  std::vector<WeightRange> ranges = {
      {0x0000, 0x10FF, 100}, {0x2000, 0x200D, 100}, {0x2010, 0x201F, 100}, {0x2032, 0x2037, 100}};
};

}  // namespace carillon::twitter_text
