#include "services/cli/endpoints.h"

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>

#include "services/cli/files.h"
#include "services/cli/outcome.h"

namespace carillon::cli {

const std::vector<std::string> kServices = {"strategy", "scheduler", "publisher", "listener",
                                            "analytics"};

namespace {

constexpr char kDefault[] = "build/local/endpoints.json";
constexpr char kHint[] = "run ./deploy/local up, or set CARILLON_ENDPOINTS to the file of your stack";
constexpr size_t kFileBytesMax = 1 << 20;

std::string Text(const nlohmann::json& json, const std::string& key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : "";
}

Result<nlohmann::json> ReadJson(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string text, ReadText(path, std::cin, kFileBytesMax));
  const auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return Local(fmt::format("{} is not a JSON object", path));
  return json;
}

}  // namespace

Result<Endpoints> ReadEndpoints(const std::string& given) {
  Endpoints out;
  const char* environment = std::getenv("CARILLON_ENDPOINTS");
  out.path = !given.empty() ? given : environment && *environment ? environment : kDefault;
  std::error_code error;
  if (!std::filesystem::exists(out.path, error)) {
    return Local(fmt::format("no endpoints file {}: nothing is up here; {}", out.path, kHint));
  }
  ASSIGN_OR_RETURN(const nlohmann::json json, ReadJson(out.path));
  for (const auto& [name, value] : json.items()) {
    if (value.is_string()) out.addresses[name] = value.get<std::string>();
  }
  out.tokens_file = Text(json, "tokens_file");
  return out;
}

Result<std::string> ReadOperatorToken(const std::string& tokens_file) {
  if (tokens_file.empty()) {
    return Local("the endpoints file has no \"tokens_file\", so there is no token to call with");
  }
  if (OthersMayRead(tokens_file)) {
    return Local(fmt::format("others can read the tokens in {}; chmod 600 it", tokens_file));
  }
  auto json = ReadJson(tokens_file);
  if (!json.ok()) return json.status();
  const std::string token = Text(*json, "operator");
  if (token.empty()) return Local(fmt::format("{} has no \"operator\" token", tokens_file));
  return token;
}

}  // namespace carillon::cli
