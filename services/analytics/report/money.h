// Amounts of money for people and files, exactly. Pure.
#pragma once

#include <google/protobuf/repeated_ptr_field.h>

#include <string>

#include "carillon/common/v1/money.pb.h"

namespace carillon::analytics {

// "1200.00", "0.015": as many decimals as it has, at least two.
std::string AmountText(int64_t micros);
// "0.20 USD"; several are joined by ", "; "–" for none.
std::string MoneyText(const google::protobuf::RepeatedPtrField<common::v1::Money>& amounts);

}  // namespace carillon::analytics
