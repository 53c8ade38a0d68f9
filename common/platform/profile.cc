#include "common/platform/profile.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "common/text/utf8.h"

namespace carillon::platform {
namespace {

Status Bad(std::string_view reason, std::string message, std::map<std::string, std::string> params = {}) {
  return Refuse(Code::kInvalidArgument, reason, std::move(message), std::move(params));
}

Status CheckUtf8(std::string_view what, std::string_view text) {
  return text::IsValidUtf8(text) ? Ok() : Bad("INVALID_UTF8", fmt::format("the {} is not UTF-8: save it as UTF-8", what));
}

Status CheckPicture(std::string_view what, const MediaItem& item, std::string_view name, const Facts& facts) {
  const std::string& types = facts.Text("profile.picture_types");
  if (fmt::format(" {} ", types).find(fmt::format(" {} ", item.mime_type)) == std::string::npos) {
    return Bad("MEDIA_TYPE_UNSUPPORTED",
               fmt::format("the {} is '{}'; {} takes {}", what, item.mime_type, name, types), {{"type", item.mime_type}});
  }
  const int64_t max = facts.Number("profile.picture_bytes_max");
  if (item.size_bytes <= max) return Ok();
  return Bad("MEDIA_TOO_LARGE", fmt::format("the {} has {} bytes, {} takes {}: make it smaller", what, item.size_bytes, name, max),
             {{"length", std::to_string(item.size_bytes)}, {"max", std::to_string(max)}});
}

}  // namespace

Status CheckChange(const ProfileChange& change) {
  if (!change.display_name && !change.bio && !change.avatar && !change.header && change.fields.empty()) {
    return Bad("NOTHING_TO_CHANGE", "nothing of the profile is named; say what is to change");
  }
  if (change.display_name) RETURN_IF_ERROR(CheckUtf8("display name", *change.display_name));
  if (change.bio) RETURN_IF_ERROR(CheckUtf8("bio", *change.bio));
  for (const ProfileField& field : change.fields) {
    if (field.name.empty()) return Bad("BAD_FIELD", "a field has no name; give NAME=VALUE");
    RETURN_IF_ERROR(CheckUtf8("field", field.name));
    RETURN_IF_ERROR(CheckUtf8("field", field.value));
    const auto same = [&](const ProfileField& other) { return other.name == field.name; };
    if (std::count_if(change.fields.begin(), change.fields.end(), same) > 1) {
      return Bad("BAD_FIELD", fmt::format("the field '{}' is named twice; give it once", field.name), {{"field", field.name}});
    }
  }
  return Ok();
}

Status CheckPictures(const ProfileChange& change, std::string_view name, const Facts& facts) {
  if (change.avatar) RETURN_IF_ERROR(CheckPicture("avatar", *change.avatar, name, facts));
  return change.header ? CheckPicture("header", *change.header, name, facts) : Ok();
}

Status CheckLength(std::string_view what, int64_t length, int64_t max, std::string_view unit) {
  if (length <= max) return Ok();
  return Bad("TEXT_TOO_LONG", fmt::format("the {} has {} {}, {} are allowed: shorten it", what, length, unit, max),
             {{"length", std::to_string(length)}, {"max", std::to_string(max)}, {"unit", std::string(unit)}});
}

std::vector<ProfileField> WithChanges(std::vector<ProfileField> fields, const std::vector<ProfileField>& changes) {
  for (const ProfileField& change : changes) {
    const auto is_it = [&](const ProfileField& field) { return field.name == change.name; };
    const auto found = std::find_if(fields.begin(), fields.end(), is_it);
    if (change.value.empty()) {
      fields.erase(std::remove_if(fields.begin(), fields.end(), is_it), fields.end());
    } else if (found == fields.end()) {
      fields.push_back(change);
    } else {
      found->value = change.value;
    }
  }
  return fields;
}

PublishOutcome ProfileIsSo(PublishOutcome outcome, const SetProfileRequest& request) {
  outcome.kind = PublishOutcome::Kind::kPublished;
  outcome.error_class = ErrorClass::kNone;
  outcome.error.clear();
  outcome.remote_id = request.access.remote_account_id;
  return outcome;
}

}  // namespace carillon::platform
