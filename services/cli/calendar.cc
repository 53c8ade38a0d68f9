#include <CLI/CLI.hpp>
#include <filesystem>

#include "services/cli/app.h"
#include "services/cli/csv_media.h"
#include "services/cli/files.h"
#include "services/cli/period.h"
#include "services/cli/upload.h"

namespace carillon::cli {
namespace {

constexpr size_t kCsvBytesMax = 32 << 20;
constexpr size_t kChunkBytes = 512 << 10;
constexpr double kImportExtraS = 45;  // a whole file is validated and staged in one call

struct ImportOptions {
  std::string file, brand;
  bool dry_run = false;
};

// Uploads each distinct file that the media column names; its cells then hold SHA-256 sums.
Result<std::string> UploadMediaOf(Session& s, const std::string& csv, const std::string& csv_path) {
  const auto cells = FindMediaCells(csv);
  const auto folder = std::filesystem::path(csv_path).parent_path();
  std::map<std::string, std::string> sums;
  for (const MediaCell& cell : cells) {
    for (const std::string& path : cell.paths) {
      std::error_code error;
      if (!std::filesystem::is_regular_file(folder / path, error)) {
        return Local(fmt::format("{} line {}, column media: there is no file {}", csv_path,
                                 cell.line, (folder / path).string()));
      }
    }
  }
  for (const MediaCell& cell : cells) {
    for (const std::string& path : cell.paths) {
      if (sums.contains(path)) continue;
      ASSIGN_OR_RETURN(const auto media, UploadFile(s, (folder / path).string()));
      sums[path] = media.sha256();
    }
  }
  return ReplaceMediaCells(csv, cells, [&sums](const std::string& path) { return sums[path]; });
}

Result<scheduler::v1::ImportCalendarResponse> Stream(
    Session& s, const scheduler::v1::ImportOptions& import_options, const std::string& csv) {
  ASSIGN_OR_RETURN(Scheduler * stub, s.scheduler());
  grpc::ClientContext context;
  RETURN_IF_ERROR(s.Prepare(context, kImportExtraS));
  scheduler::v1::ImportCalendarResponse response;
  const auto writer = stub->ImportCalendar(&context, &response);
  scheduler::v1::ImportCalendarRequest part;
  *part.mutable_options() = import_options;
  bool open = writer->Write(part);
  for (size_t at = 0; open && at < csv.size(); at += kChunkBytes) {
    part.set_chunk(csv.substr(at, kChunkBytes));
    open = writer->Write(part);
  }
  writer->WritesDone();
  RETURN_IF_ERROR(FromGrpc(writer->Finish()));
  return response;
}

Status Import(Session& s, const ImportOptions& options) {
  ASSIGN_OR_RETURN(std::string csv, ReadText(options.file, s.in, kCsvBytesMax));
  scheduler::v1::ImportOptions request;
  if (options.brand.empty()) {
    ASSIGN_OR_RETURN(*request.mutable_org_id(), OrgId(s));
  } else {
    ASSIGN_OR_RETURN(const auto brand, FindBrand(s, options.brand));
    request.set_org_id(brand.org_id());
    request.set_default_brand(brand.id());
  }
  request.set_dry_run(options.dry_run);
  request.set_file_name(std::filesystem::path(options.file).filename().string());
  request.set_request_id(s.RequestId());
  ASSIGN_OR_RETURN(csv, UploadMediaOf(s, csv, options.file));
  ASSIGN_OR_RETURN(const auto response, Stream(s, request, csv));
  Json shown = response.has_import() ? ToJson(response.import()) : Json::object();
  shown["dry_run"] = options.dry_run;
  shown["rows_ok"] = response.rows_ok();
  shown["errors_total"] = response.errors_total();
  shown["errors"] = Json::array();
  for (const auto& error : response.errors()) {
    shown["errors"].push_back(ToJson(error));
    s.Note(fmt::format("{} line {}, column {}: {} [{}]", options.file, error.line(), error.column(),
                       error.message(), error.reason()));
  }
  s.Show(shown);
  if (response.errors_total() == 0 && response.errors().empty()) return Ok();
  return Failed("BAD_CSV", fmt::format("{} problems in {}; nothing of it was imported",
                                       std::max(response.errors_total(), response.errors_size()),
                                       options.file));
}

struct ExportOptions {
  std::string brand, out;
  Period period;
};

Status Export(Session& s, const ExportOptions& options) {
  scheduler::v1::ExportCalendarRequest request;
  RETURN_IF_ERROR(FillPeriod(s, options.brand, options.period, request));
  ASSIGN_OR_RETURN(Scheduler * stub, s.scheduler());
  grpc::ClientContext context;
  RETURN_IF_ERROR(s.Prepare(context, kImportExtraS));
  const auto reader = stub->ExportCalendar(&context, request);
  std::string csv;
  scheduler::v1::ExportCalendarResponse part;
  while (reader->Read(&part)) csv += part.chunk();
  RETURN_IF_ERROR(FromGrpc(reader->Finish()));
  if (!options.out.empty()) {
    RETURN_IF_ERROR(WriteAtomically(options.out, csv));
    s.Show(Json{{"file", options.out}, {"bytes", csv.size()}});
  } else if (s.globals.json) {
    s.Show(Json{{"csv", csv}});
  } else {
    s.out << csv;
  }
  return Ok();
}

}  // namespace

void AddCalendar(const Verbs& verbs) {
  CLI::App* noun = verbs.Noun("calendar", "Content calendars as CSV");
  Session* s = &verbs.session;

  auto import = std::make_shared<ImportOptions>();
  CLI::App* verb = verbs.Verb(noun, "import", "Import a calendar: all of its rows, or none",
                              "calendar import launch.csv --dry-run");
  verb->add_option("file", import->file,
                   "CSV: external_id, brand, account, local_time, zone, text, link, media, alt,"
                   " campaign; media are paths beside the file, and are uploaded")
      ->required();
  verb->add_option("--brand", import->brand, "Brand of rows that name none");
  verb->add_flag("--dry-run", import->dry_run, "Only say whether it could be imported");
  verbs.Does(verb, [s, import] { return Import(*s, *import); });

  auto exported = std::make_shared<ExportOptions>();
  verb = verbs.Verb(noun, "export", "Write a brand's posts as CSV",
                    "calendar export --brand Trailkin --from 2027-03-01 --to 2027-03-08 > week.csv");
  verb->add_option("--brand", exported->brand, "Brand, by name or id")->required();
  verb->add_option("--from", exported->period.from, "RFC 3339, or a day")->required();
  verb->add_option("--to", exported->period.to, "RFC 3339, or a day")->required();
  verb->add_option("--out", exported->out, "File (default: standard output)");
  verbs.Does(verb, [s, exported] { return Export(*s, *exported); });
}

}  // namespace carillon::cli
