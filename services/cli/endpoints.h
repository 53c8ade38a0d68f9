// Where the services are: the JSON file that deploy/local writes, named by --endpoints or $CARILLON_ENDPOINTS (default
// build/local/endpoints.json), and the operator's token from the tokens file that it names. Errors are local problems.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "common/base/status.h"

namespace carillon::cli {

struct Endpoints {
  std::map<std::string, std::string> addresses;  // "strategy" -> host:port; "sandbox" -> http://host:port
  std::string tokens_file;
  std::string path;
};

extern const std::vector<std::string> kServices;  // the five, in the order of the loop

// `given` is --endpoints; empty: the environment, then the default.
Result<Endpoints> ReadEndpoints(const std::string& given);

// Secret. A file that others can read is refused.
Result<std::string> ReadOperatorToken(const std::string& tokens_file);

}  // namespace carillon::cli
