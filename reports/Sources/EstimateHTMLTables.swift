import CreditCore
import Rating

// MARK: - The lines

extension EstimatePage {
  /// The lines by campaign; a campaign has a heading where there are several.
  var campaigns: [PageValues] {
    var lines: [Int: [PageValues]] = [:]
    let most = shown.compactMap { estimate.lines[$0].credits?.high.approximate }.max() ?? 0
    for index in shown {
      lines[estimate.lines[index].campaign, default: []].append(line(index, upTo: most))
    }
    let isOne = estimate.subtotals.count < 2
    return estimate.subtotals.indices.compactMap { campaign in
      let subtotal = estimate.subtotals[campaign]
      if isOne { return ["lines": lines[campaign] ?? [], "subtotal": [PageValues]()] }
      if estimate.subtotals.count > Self.mostLines, lines[campaign] == nil { return nil }
      return ["lines": lines[campaign] ?? [], "subtotal": [values(of: subtotal)]]
    }
  }

  private func values(of subtotal: Subtotal) -> PageValues {
    [
      "campaign": subtotal.name, "file": Self.fileName(subtotal.file),
      "low": numbers.text(subtotal.credits.low),
      "expected": numbers.text(subtotal.credits.expected),
      "high": numbers.text(subtotal.credits.high),
      "share": share(subtotal.credits.expected),
    ]
  }

  private func line(_ index: Int, upTo most: Double) -> PageValues {
    let line = estimate.lines[index]
    return [
      "number": ExactDecimal(index + 1).grouped(),
      "label": line.label,
      "formula": line.formula,
      "quantity": Self.quantity(line.quantity.expected),
      "unit": line.unit.words(for: line.quantity.expected),
      "confidence": line.confidence?.rawValue ?? "unpriced",
      "priced": line.credits.map { [priced($0, upTo: most)] } ?? [],
    ]
  }

  /// Two decimals, or more where nothing else would be left.
  static func quantity(_ value: ExactDecimal) -> String {
    let text = value.grouped(places: 2)
    return text == "0" && !value.isZero ? value.grouped() : text
  }

  private func priced(_ credits: CreditRange, upTo most: Double) -> PageValues {
    let share = share(credits.expected)
    let drawing = RowBar.range(
      credits,
      upTo: most,
      "\(share) of the total; \(numbers.range(credits)) credits"
    )
    return [
      "low": numbers.text(credits.low), "expected": numbers.text(credits.expected),
      "high": numbers.text(credits.high), "share": share, "bar": Markup(drawing),
    ]
  }

  private func share(_ credits: Credits) -> String {
    let total = totals.credits.expected.approximate
    return total > 0 ? Statistic.percent(credits.approximate / total) : "0 %"
  }

  /// The lines that are not shown, as one.
  var rest: [PageValues] {
    let count = estimate.lines.count - shown.count
    if count == 0 { return [] }
    var costs = CreditRange.zero
    var unpriced = 0
    let listed = Set(shown)
    for (index, line) in estimate.lines.enumerated() where !listed.contains(index) {
      if let credits = line.credits {
        costs = (try? costs + credits) ?? costs
      } else {
        unpriced += 1
      }
    }
    let note = unpriced == 0 ? [] : ["\(Self.count(unpriced, "line")) of them without a price"]
    return [
      [
        "count": Self.count(count, "cheaper line"), "note": note,
        "shown": Self.count(shown.count, "dearest line"),
        "low": numbers.text(costs.low), "expected": numbers.text(costs.expected),
        "high": numbers.text(costs.high), "share": share(costs.expected),
      ]
    ]
  }

  var sum: PageValues {
    [
      "low": numbers.text(totals.credits.low), "expected": numbers.text(totals.credits.expected),
      "high": numbers.text(totals.credits.high),
    ]
  }
}

// MARK: - What moves the total

extension EstimatePage {
  var moves: [PageValues] {
    let inputs = estimate.sensitivity
    if inputs.isEmpty { return [] }
    let changes = inputs.flatMap { [$0.change.low, $0.change.high] }
    let scale = Scale([0] + changes.map(\.approximate))
    let rows = inputs.map { input -> PageValues in
      let (low, high) = (numbers.signed(input.change.low), numbers.signed(input.change.high))
      let drawing = RowBar.change(
        input.change.low.approximate,
        input.change.high.approximate,
        scale,
        "\(low) to \(high) credits"
      )
      return [
        "input": input.input.replacing("_", with: " "),
        "from": input.values.low.grouped(),
        "to": input.values.high.grouped(),
        "place": input.line.map { "Line \($0)" } ?? "All lines of",
        "label": Self.short(input.label),
        "low": low,
        "high": high,
        "bar": Markup(drawing),
      ]
    }
    return [["rows": rows]]
  }
}

// MARK: - Fit and comparison

extension EstimatePage {
  var fit: [PageValues] {
    guard let fit = report.fit else { return [] }
    let rows = shown.filter { $0 < fit.lines.count }.map { index -> PageValues in
      let line = fit.lines[index]
      return [
        "number": ExactDecimal(index + 1).grouped(), "label": Self.short(line.label),
        "unit": line.unit.words(for: .zero),
        "cells": Bound.allCases.map { Self.cell(line, $0) },
      ]
    }
    return [["credits": numbers.figure(fit.credits), "rows": rows, "left": left(fit.lines.count)]]
  }

  private func left(_ count: Int) -> [String] {
    count > shown.count ? ["\(Self.count(count - shown.count, "line")) more are not listed."] : []
  }

  private static func cell(_ line: Fit.Line, _ bound: Bound) -> PageValues {
    guard let paid = line.quantity?[bound] else {
      return ["bound": bound.rawValue, "style": "part", "text": "no price"]
    }
    let all = line.of[bound]
    let words = quantity(all)
    let (style, text) =
      paid >= all
      ? ("all", "all \(words)")
      : paid.isZero
        ? ("none", "none of \(words)") : ("part", "\(quantity(paid)) of \(words)")
    return ["bound": bound.rawValue, "style": style, "text": text]
  }

  var comparison: [PageValues] {
    guard let comparison = report.comparison else { return [] }
    let differing = comparison.lines.filter { $0.status != .same }
    let same = comparison.lines.count - differing.count
    let change = comparison.change
    return [
      [
        "oldName": Self.short(comparison.oldName),
        "change": numbers.signed(change.expected),
        "changeRange": change.low == change.high
          ? [] : ["\(numbers.signed(change.low)) low, \(numbers.signed(change.high)) high"],
        "was": numbers.text(comparison.oldTotal.expected),
        "now": numbers.text(totals.credits.expected),
        "same": same == 0 ? [] : [Self.count(same, "line")],
        "table": differing.isEmpty
          ? [] : [["rows": differing.prefix(Self.mostLines).map(row)] as PageValues],
        "left": differing.count > Self.mostLines
          ? ["\(Self.count(differing.count - Self.mostLines, "line")) more differ."] : [],
      ]
    ]
  }

  private func row(_ line: Comparison.Line) -> PageValues {
    let inputs = line.inputs.map { input in
      "\(input.name.replacing("_", with: " ")) "
        + "\(input.before.map(EstimateReport.words) ?? "none") → "
        + "\(input.after.map(EstimateReport.words) ?? "none")"
    }
    let isThere = (before: line.status != .added, after: line.status != .removed)
    let change = (line.after?.expected ?? .zero, line.before?.expected ?? .zero)
    let isKnown =
      (line.before != nil || !isThere.before) && (line.after != nil || !isThere.after)
    return [
      "label": Self.short(line.label),
      "status": line.status.rawValue,
      "was": isThere.before ? line.before.map { numbers.text($0.expected) } ?? "no price" : "–",
      "now": isThere.after ? line.after.map { numbers.text($0.expected) } ?? "no price" : "–",
      "change": isKnown ? (try? change.0 - change.1).map(numbers.signed) ?? "" : "not known",
      "inputs": inputs,
    ]
  }
}
