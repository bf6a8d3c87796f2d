import Ratings
import RatingsFiles

/// Warnings about things in an import that are probably not intended.
struct ImportWarnings {
  private let outcome: ImportOutcome
  private let rejects: String?

  /// Creates the warnings about an import that wrote bad lines to the file `rejects`, if any.
  init(_ outcome: ImportOutcome, rejects: String?) {
    self.outcome = outcome
    self.rejects = rejects
  }

  /// All warnings, each a sentence without a full stop.
  var all: [String] {
    outcome.columnDoubts.map { "\($0) (the option is --columns)" } + outcome.doubts
      + filesAddedBefore + readmission
      + filesWithoutRows
      + spanningRecords + times + types + idAnomalies + hugeValues + noPlays + minusOnes + rejected
  }

  private var filesAddedBefore: [String] {
    outcome.filesAddedBefore.map { file, date in
      "\(file) was added before (\(date)): nothing was imported from it"
    }
  }

  private var readmission: [String] {
    guard outcome.readmittedCount > 0 else { return [] }
    let count = outcome.readmittedCount
    return [
      count == 1
        ? "1 person who had been forgotten comes back"
        : "\(count) people who had been forgotten come back"
    ]
  }

  private var filesWithoutRows: [String] {
    outcome.filesWithoutRows.map {
      "\($0) is empty, or holds only a header: nothing was imported from it"
    }
  }

  private var spanningRecords: [String] {
    (outcome.ratingsFiles + outcome.itemsFiles).compactMap { file in
      guard file.lines.spanning > 0, let line = file.lines.firstSpanning else { return nil }
      let records =
        file.lines.spanning == 1
        ? "a record spans lines" : "\(file.lines.spanning) records span lines"
      return "\(records) of \(file.name), the first from line \(line) on: if that is not meant, a "
        + "quote opens there that means nothing (--quote none)"
    }
  }

  private var times: [String] {
    let zeros: [String] = outcome.times.compactMap { file, check in
      guard check.zeroCount > 0 else { return nil }
      return
        "\(check.zeroCount) \(check.zeroCount == 1 ? "time of \(file) is" : "times of \(file) are") 0 "
        + "among recent times: treated as missing"
    }
    let dates: [String] = outcome.times.compactMap { file, check in
      guard check.datesAreImplausible, let first = check.firstImplausible else { return nil }
      return
        "\(check.implausibleDateCount) of \(check.dateCount) dates of \(file) lie before 1990 or after "
        + "tomorrow, the first of them at \(first): if they are not when the ratings were given, name the "
        + "columns without a time (--columns)"
    }
    return zeros + dates
      + outcome.times.compactMap { file, check in
        guard check.isImplausible, let first = check.firstImplausible else { return nil }
        return
          "\(check.implausibleCount) of \(check.numberCount) times of \(file) lie before 1990 or "
          + "after tomorrow, the first of them at \(first): check --time-unit"
      }
  }

  private var types: [String] {
    [("user", outcome.surveyedUsers), ("item", outcome.surveyedItems)].compactMap { side, survey in
      guard let survey, survey.isTextForAFew, let first = survey.firstException else { return nil }
      let others = survey.integerCount + survey.exceptionCount
      return
        "\(side) ids are text from now on in this store, as \(survey.exceptionCount) of \(others) "
        + "\(survey.exceptionCount == 1 ? "is" : "are") not written as 64-bit integers, the first of "
        + "them \(first.text) (\(first.place)). If that is a mistake, import into a new store with "
        + "--\(side)-id-type integer, which stops at such an id, or sets its line aside with --rejects"
    }
  }

  private var idAnomalies: [String] {
    [("user", outcome.userAnomalies), ("item", outcome.itemAnomalies)].flatMap { side, odd in
      var warnings: [String] = []
      if let ends = odd?.badEnds, ends.count > 0 {
        let ids = ends.count == 1 ? "1 \(side) id has" : "\(ends.count) \(side) ids have"
        warnings.append(
          "\(ids) white space or a quote at the ends, which was kept: \(ends.examples.joined(separator: ", "))"
        )
      }
      if let alike = odd?.alike, alike.count > 0 {
        let ids = alike.count == 1 ? "1 \(side) id differs" : "\(alike.count) \(side) ids differ"
        warnings.append(
          "\(ids) from another only in case, the encoding of accents, zeros or invisible "
            + "characters, and they count as different: "
            + alike.examples.joined(separator: " and "))
      }
      if let decimals = odd?.withDecimals, let plain = odd?.plainCount, decimals.count > 0,
        plain > 0
      {
        warnings.append(
          "\(decimals.count) \(decimals.count == 1 ? "line has" : "lines have") \(side) ids with decimals "
            + "that are zeros, and \(plain) without: \(decimals.examples.joined(separator: ", ")) were "
            + "read as integers")
      }
      if let padded = odd?.padded, padded.count > 0 {
        warnings.append(
          "\(padded.count) \(padded.count == 1 ? "line has" : "lines have") \(side) ids with a plus or zeros "
            + "in front, which were read as integers, as --\(side)-id-type says: "
            + padded.examples.joined(separator: ", "))
      }
      return warnings
    }
  }

  /// Warns of values above a thousand, which no rating scale has.
  private var hugeValues: [String] {
    guard outcome.feedback == .explicit, let values = outcome.values, values.upperBound > 1000
    else {
      return []
    }
    return [
      "values go up to \(values.upperBound), further than scales of ratings: if they count how often "
        + "something happened, import into a new store with --feedback implicit; where they are to be "
        + "predicted, train with --transform log1p"
    ]
  }

  /// Warns of values of 0 and below: a model of implicit feedback counts each line as a play.
  private var noPlays: [String] {
    guard outcome.feedback == .implicit, outcome.noPlayCount > 0 else { return [] }
    let values =
      outcome.noPlayCount == 1
      ? "1 value is 0 or below, and its line"
      : "\(outcome.noPlayCount) values are 0 or below, and each line"
    return [
      "\(values) counts as something that the person chose: leave out what was not played or bought"
    ]
  }

  /// Warns of values of -1, which some files use for "watched but not rated".
  private var minusOnes: [String] {
    guard outcome.feedback == .explicit, outcome.minusOneCount > 0,
      outcome.minusOneCount == outcome.negativeCount, let range = outcome.values,
      range.upperBound > 1
    else { return [] }
    let values = outcome.minusOneCount == 1 ? "1 value is" : "\(outcome.minusOneCount) values are"
    return [
      "\(values) -1, and no other is below 0: if that means no rating, remove these lines, as "
        + "models learn from them as the lowest ratings"
    ]
  }

  private var rejected: [String] {
    guard let rejects else { return [] }
    return [(outcome.rejectedCount, rejects), (outcome.rejectedItemCount, rejects + ".items")]
      .compactMap { count, path in
        guard count > 0 else { return nil }
        return "\(count) bad \(count == 1 ? "line is" : "lines are") in \(path), the reasons in "
          + "\(path).reasons"
      }
  }
}
