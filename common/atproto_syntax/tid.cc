#include "common/atproto_syntax/tid.h"

#include <algorithm>

#include "common/base/check.h"

namespace carillon::atproto_syntax {
namespace {

constexpr std::string_view kDigits = "234567abcdefghijklmnopqrstuvwxyz";
constexpr int kDigitBits = 5;
constexpr size_t kLength = 13;
constexpr int kClockBits = 10;
constexpr int kClocks = 1 << kClockBits;
constexpr int64_t kTimes = int64_t{1} << 53;
// The syntax lets the highest of the 64 bits be set, too; no clock gets there.
constexpr int64_t kWrittenTimes = kTimes * 2;

bool IsInRange(const Tid& tid, int64_t times) {
  return tid.microseconds >= 0 && tid.microseconds < times && tid.clock_id >= 0 && tid.clock_id < kClocks;
}

}  // namespace

Result<Tid> NextTid(absl::Time now, int clock_id, std::optional<Tid> last) {
  Tid next{absl::ToUnixMicros(now), clock_id};
  if (last && last->microseconds >= next.microseconds) next.microseconds = last->microseconds + 1;
  if (IsInRange(next, kTimes)) return next;
  return Refuse(Code::kOutOfRange, "NO_TID", fmt::format("no TID has time {} and clock {}", next.microseconds, clock_id));
}

std::string FormatTid(const Tid& tid) {
  CARILLON_CHECK(IsInRange(tid, kWrittenTimes), "no TID has time {} and clock {}", tid.microseconds, tid.clock_id);
  uint64_t bits = static_cast<uint64_t>(tid.microseconds) << kClockBits | static_cast<uint64_t>(tid.clock_id);
  std::string text(kLength, kDigits[0]);
  for (auto digit = text.rbegin(); digit != text.rend(); ++digit, bits >>= kDigitBits) {
    *digit = kDigits[bits % kDigits.size()];
  }
  return text;
}

std::optional<Tid> ParseTid(std::string_view text) {
  if (text.size() != kLength) return std::nullopt;
  uint64_t bits = 0;
  for (const char c : text) {
    const size_t digit = kDigits.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    if (bits >> (64 - kDigitBits) != 0) return std::nullopt;  // 13 digits have one bit more than there is
    bits = bits << kDigitBits | digit;
  }
  return Tid{static_cast<int64_t>(bits >> kClockBits), static_cast<int>(bits % kClocks)};
}

}  // namespace carillon::atproto_syntax
