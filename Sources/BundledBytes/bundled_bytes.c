#include "bundled_bytes.h"

#include <string.h>

// Embedded here rather than as resources, so that the binary runs wherever it is moved.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char graph8_book[] = {
#embed "../../pricing/graph8.yaml"
};
static const unsigned char graph8_cases[] = {
#embed "../../pricing/graph8.cases.yaml"
};
static const unsigned char small_sample[] = {
#embed "../../samples/small.yaml"
};
static const unsigned char medium_sample[] = {
#embed "../../samples/medium.yaml"
};
static const unsigned char large_sample[] = {
#embed "../../samples/large.yaml"
};
static const unsigned char alerts_sample[] = {
#embed "../../samples/alerts.yaml"
};
static const unsigned char history_sample[] = {
#embed "../../samples/history.ndjson.gz"
};
static const unsigned char history_balance_sample[] = {
#embed "../../samples/history-balance.ndjson"
};
static const unsigned char estimate_template[] = {
#embed "../../reports/templates/estimate.mustache"
};
static const unsigned char report_template[] = {
#embed "../../reports/templates/report.mustache"
};
static const unsigned char style_sheet[] = {
#embed "../../reports/templates/style.css"
};

static const bundled_file files[] = {
    {"pricing/graph8.yaml", graph8_book, sizeof graph8_book},
    {"pricing/graph8.cases.yaml", graph8_cases, sizeof graph8_cases},
    {"samples/small.yaml", small_sample, sizeof small_sample},
    {"samples/medium.yaml", medium_sample, sizeof medium_sample},
    {"samples/large.yaml", large_sample, sizeof large_sample},
    {"samples/alerts.yaml", alerts_sample, sizeof alerts_sample},
    {"samples/history.ndjson.gz", history_sample, sizeof history_sample},
    {"samples/history-balance.ndjson", history_balance_sample, sizeof history_balance_sample},
    {"reports/templates/estimate.mustache", estimate_template, sizeof estimate_template},
    {"reports/templates/report.mustache", report_template, sizeof report_template},
    {"reports/templates/style.css", style_sheet, sizeof style_sheet},
};

const bundled_file *bundled_file_at(const char *path) {
  for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
    if (strcmp(files[i].path, path) == 0) return &files[i];
  }
  return NULL;
}
