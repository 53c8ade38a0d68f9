// Holds requests and answers against an OpenAPI 3.0 file: the part of JSON Schema that such files use. Stricter than the standard in one
// way: a member that a described object does not have is wrong, for nothing else would find a misspelt one.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/http/client.h"
#include "common/platform/json.h"

namespace carillon::x::testing {

class OpenApi {
 public:
  using Json = platform::Json;
  using Wrongs = std::vector<std::string>;

  explicit OpenApi(Json spec) : spec_(std::move(spec)) {}

  struct Operation {
    std::string id;
    const Json* json = nullptr;  // stands in the OpenApi
  };
  // By the path of a request; a written segment wins over a parameter.
  std::optional<Operation> Find(const std::string& method, const std::string& path) const;

  Wrongs CheckQuery(const Operation& operation, const http::FormFields& query) const;
  Wrongs CheckBody(const Operation& operation, const std::string& content_type, const Json& body) const;
  Wrongs CheckNoBody(const Operation& operation) const;
  Wrongs CheckAnswer(const Operation& operation, int status, const Json& body) const;
  // Whether a schema of the file describes such a member.
  bool Describes(const std::string& schema, const std::string& member) const;

 private:
  const Json& Deref(const Json& json) const;
  void Check(const Json& schema, const Json& value, const std::string& where, Wrongs& out) const;
  void CheckText(const Json& schema, const std::string& text, const std::string& where, Wrongs& out) const;
  void CheckObject(const Json& schema, const Json& value, const std::string& where, Wrongs& out) const;
  void CheckParameter(const Json& parameter, const std::string& value, Wrongs& out) const;

  const Json spec_;
};

}  // namespace carillon::x::testing
