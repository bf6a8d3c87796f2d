/// Finding out how the columns of a delimited file are told apart.
extension FileSample {
  /// The dialect that leaves the fewest lines unexplained, as far as it is not given; nil where none makes
  /// two columns of any.
  ///
  /// A line is explained when its record has as many columns as most that have several. Among dialects of
  /// one delimiter that leave equally many, the one wins whose records span fewer lines, and then the more
  /// usual one: with commas and semicolons quotes are RFC 4180's, elsewhere they mean nothing unless the
  /// sample shows that they are needed. Among delimiters the one wins that makes more columns.
  func dialect(_ options: DialectOptions) -> Dialect? {
    let delimiters = (options.delimiter ?? statedDelimiter).map { [$0] } ?? Delimiter.detectable
    let best = delimiters.compactMap { delimiter in
      // The first of those that are best.
      explanations(delimiter, options.quoting).filter { $0.columnCount > 1 }.min {
        ($0.unexplained, $0.spanning) < ($1.unexplained, $1.spanning)
      }
    }
    return best.min {
      ($0.unexplained, -$0.columnCount) < ($1.unexplained, -$1.columnCount)
    }?.dialect
  }

  /// The same where a file `mayBeOne` column alone: that is so where the header and most records have one, whose quotes
  /// are RFC 4180's then.
  func dialect(_ options: DialectOptions, mayBeOne: Bool) -> Dialect? {
    let found = dialect(options)
    guard mayBeOne else { return found }
    if let found {
      let counts = records(found).rows.map(\.count)
      guard counts.first == 1, mostFrequent(counts) == 1 else { return found }
    }
    return Dialect(
      delimiter: options.delimiter ?? statedDelimiter ?? .comma,
      quoting: options.quoting ?? .double)
  }

  /// How well a dialect fits.
  private struct Explanation {
    let dialect: Dialect
    /// How many columns most records of several have; 0 without such.
    var columnCount = 0
    /// Lines of other records and those that can't be taken apart. What stands behind a quote that the
    /// sample does not close counts by half: it may be one record or many.
    var unexplained = 0.0
    /// Lines of records with as many columns as most, beyond one a record.
    var spanning = 0
    /// Whether a quoted column holds what it had to be quoted for, or every record has it quoted.
    var needsQuotes = false
    /// Where quotes mean nothing: columns that have one at both ends, and those with one at either end.
    var enclosedCount = 0
    var openCount = 0
  }

  /// Those of the dialects with this delimiter, the most usual first.
  private func explanations(_ delimiter: Delimiter, _ quoting: Quoting?) -> [Explanation] {
    if let quoting { return [explanation(Dialect(delimiter: delimiter, quoting: quoting))] }
    let plain = explanation(Dialect(delimiter: delimiter, quoting: .none))
    guard bytes.contains(quote) else {
      // What comes behind the sample is read as is usual.
      return [
        delimiter.isUsuallyQuoted
          ? explanation(Dialect(delimiter: delimiter, quoting: .double)) : plain
      ]
    }
    let doubled = explanation(Dialect(delimiter: delimiter, quoting: .double))
    let escaped = explanation(Dialect(delimiter: delimiter, quoting: .backslash))
    guard delimiter.isUsuallyQuoted else {
      return doubled.needsQuotes ? [doubled, escaped, plain] : [plain, doubled, escaped]
    }
    // Where most quotes enclose columns they do mean something, and the others are mistakes.
    return plain.enclosedCount > plain.openCount ? [doubled, escaped] : [doubled, escaped, plain]
  }

  private func explanation(_ dialect: Dialect) -> Explanation {
    var records: [(columnCount: Int, lines: Int)] = []
    var quotedCounts: [Int: Int] = [:]
    var explanation = Explanation(dialect: dialect)
    eachRecord(dialect) { result, scanner in
      guard case .record(_, let lineEnds) = result else {
        explanation.unexplained += weight(of: result)
        return true
      }
      if dialect.quoting == .none {
        for field in scanner.fields where !field.isEmpty {
          let ends = [field.lowerBound, field.upperBound - 1].count { bytes[$0] == quote }
          if ends == 2, field.count > 1 { explanation.enclosedCount += 1 }
          if ends == 1 { explanation.openCount += 1 }
        }
      }
      records.append((scanner.fields.count, max(lineEnds, 1)))
      for column in scanner.quoted {
        quotedCounts[column, default: 0] += 1
        let field = bytes[scanner.fields[column]]
        explanation.needsQuotes =
          explanation.needsQuotes || field.contains(dialect.delimiter.first)
          || field.contains(lineFeed)
      }
      if !scanner.escaped.isEmpty { explanation.needsQuotes = true }
      return true
    }
    explanation.needsQuotes =
      explanation.needsQuotes || quotedCounts.values.contains { $0 == records.count }
    explanation.columnCount = mostFrequent(records.map(\.columnCount).filter { $0 > 1 }) ?? 0
    for record in records {
      if record.columnCount == explanation.columnCount {
        explanation.spanning += record.lines - 1
      } else {
        explanation.unexplained += Double(record.lines)
      }
    }
    return explanation
  }

  /// How many lines something that is no record leaves unexplained.
  private func weight(of result: ScanResult) -> Double {
    guard case .needsMore(let openQuote) = result else { return 1 }
    guard let openQuote else { return 0 }
    return Double(bytes[openQuote...].count { $0 == lineFeed }) / 2
  }
}

/// The number that stands most often in `numbers`, the greatest of several.
func mostFrequent(_ numbers: [Int]) -> Int? {
  Dictionary(numbers.map { ($0, 1) }, uniquingKeysWith: +)
    .max { ($0.value, $0.key) < ($1.value, $1.key) }?.key
}
