// Amounts of money as people type them, exactly. Pure.
#pragma once

#include <string>

#include "carillon/common/v1/money.pb.h"
#include "common/base/status.h"

namespace carillon::cli {

// "1200.00" and "EUR" -> 1,200,000,000 micros. At most six decimals; never through a float. Errors are local problems.
Result<common::v1::Money> ParseMoney(const std::string& amount, const std::string& currency);

}  // namespace carillon::cli
