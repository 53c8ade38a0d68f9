#include "services/cli/money.h"

#include <regex>

#include "services/cli/outcome.h"

namespace carillon::cli {

Result<common::v1::Money> ParseMoney(const std::string& amount, const std::string& currency) {
  static const std::regex kAmount(R"((\d{1,12})(?:\.(\d{1,6}))?)");
  static const std::regex kCurrency("[A-Z]{3}");
  std::smatch m;
  if (!std::regex_match(amount, m, kAmount)) {
    return Local(fmt::format("'{}' is not an amount; write it like 1200.00", amount));
  }
  if (!std::regex_match(currency, kCurrency)) {
    return Local(fmt::format("'{}' is not an ISO 4217 currency; an example is EUR", currency));
  }
  std::string decimals = m[2].str();
  decimals.resize(6, '0');
  common::v1::Money money;
  money.set_currency(currency);
  money.set_micros(std::stoll(m[1].str()) * 1'000'000 + std::stoll(decimals));
  return money;
}

}  // namespace carillon::cli
