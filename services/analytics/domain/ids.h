// Ids of what analytics owns. The account is the root of all of it. Pure.
#pragma once

#include <string>
#include <string_view>

#include "common/base/ids.h"

namespace carillon::analytics {

inline std::string TargetStatsId(std::string_view target_id, std::string_view account_id) {
  return MakeId("tstat", {target_id}, account_id);
}
inline std::string PostStatsId(std::string_view account_id, std::string_view remote_id) {
  return MakeId("pstat", {account_id, remote_id}, account_id);
}
inline std::string AccountStatsId(std::string_view account_id) {
  return MakeId("astat", {account_id}, account_id);
}

}  // namespace carillon::analytics
