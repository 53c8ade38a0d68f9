#include "services/analytics/report/money.h"

#include <fmt/format.h>

namespace carillon::analytics {

std::string AmountText(int64_t micros) {
  std::string text = fmt::format("{}{}.{:06}", micros < 0 ? "-" : "", std::abs(micros / 1'000'000),
                                 std::abs(micros % 1'000'000));
  const size_t point = text.find('.');
  while (text.back() == '0' && text.size() > point + 3) text.pop_back();
  return text;
}

std::string MoneyText(const google::protobuf::RepeatedPtrField<common::v1::Money>& amounts) {
  std::string text;
  for (const common::v1::Money& amount : amounts) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", AmountText(amount.micros()), amount.currency());
  }
  return text.empty() ? "–" : text;
}

}  // namespace carillon::analytics
