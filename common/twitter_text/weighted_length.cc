#include "common/twitter_text/weighted_length.h"

#include <vector>

#include "common/text/code_points.h"
#include "common/text/nfc.h"
#include "common/text/utf8.h"
#include "common/twitter_text/characters.h"
#include "common/twitter_text/emoji.h"
#include "common/twitter_text/urls.h"

namespace carillon::twitter_text {
namespace {

int WeightOf(UChar32 c, const Config& config) {
  for (const WeightRange& range : config.ranges) {
    if (c >= range.first && c <= range.last) return range.weight;
  }
  return config.default_weight;
}

}  // namespace

WeightedLength MeasureWeighted(std::string_view text, const Config& config, uint64_t* steps) {
  if (!text::IsValidUtf8(text)) return {};
  const text::Nfc nfc(text, steps);
  const text::CodePoints points(nfc.text(), steps);
  const std::vector<text::TextRange> urls = FindUrls(nfc.text(), steps);
  auto url = urls.begin();
  const int64_t weight_max = int64_t{config.length_max} * config.scale;
  int64_t weight = 0;
  size_t valid_end = 0;
  bool valid = true;
  for (size_t at = 0; at < points.size();) {
    if (url != urls.end() && at == url->begin) {
      weight += int64_t{config.url_length} * config.scale;
      at = url++->end;
    } else if (const size_t emoji = config.emoji_counted_whole ? EmojiEnd(points, at) : at; emoji > at) {
      weight += config.default_weight;
      at = emoji;
    } else {
      const UChar32 c = points.Read(at);
      weight += WeightOf(c, config);
      if (IsInvalid(c)) valid = false;
    }
    if (valid && weight <= weight_max) valid_end = at;
  }
  WeightedLength result;
  result.length = weight / config.scale;
  result.permillage = config.length_max > 0 ? result.length * 1000 / config.length_max : 0;
  result.valid = valid && weight <= weight_max && !text.empty();
  result.valid_range.end = nfc.SourceOffset(valid_end);
  return result;
}

}  // namespace carillon::twitter_text
