/// Detection of a delimited file's dialect.
extension FileSample {
  /// Returns the dialect that leaves the fewest lines unexplained, keeping what `options` specify; nil if
  /// none splits any line into two or more columns.
  ///
  /// A line is explained if its record has the most frequent column count above one. Of dialects with one
  /// delimiter that leave equally many lines unexplained, the one whose records span fewer lines wins, then
  /// the more usual one. With commas and semicolons, quotes are RFC 4180's. With other delimiters they are
  /// literal unless the sample shows that quoting is needed. Of several delimiters, the one with more columns
  /// wins.
  func dialect(_ options: DialectOptions) -> Dialect? {
    let delimiters = (options.delimiter ?? statedDelimiter).map { [$0] } ?? Delimiter.detectable
    let best = delimiters.compactMap { delimiter in
      // Takes the first of the best ones.
      explanations(delimiter, options.quoting).filter { $0.columnCount > 1 }.min {
        ($0.unexplained, $0.spanning) < ($1.unexplained, $1.spanning)
      }
    }
    return best.min {
      ($0.unexplained, -$0.columnCount) < ($1.unexplained, -$1.columnCount)
    }?.dialect
  }

  /// Does the same for a file that `mayBeOne` column alone. It is one if the header and most records have a
  /// single column; its quotes are then RFC 4180's.
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

  /// How well a dialect fits the sample.
  private struct Explanation {
    let dialect: Dialect
    /// The most frequent column count above one; 0 if there is none.
    var columnCount = 0
    /// The number of lines in records with another column count, or that can't be parsed. Lines after a quote
    /// not closed in the sample count half: they may be one record or many.
    var unexplained = 0.0
    /// The number of extra lines, beyond one a record, of records with the most frequent column count.
    var spanning = 0
    /// Whether a quoted column contains something that requires quotes, or every record quotes the same
    /// column.
    var needsQuotes = false
    /// If quotes are literal: the number of columns with a quote at both ends, and at one end only.
    var enclosedCount = 0
    var openCount = 0
  }

  /// Returns the explanations by dialects with this delimiter, most usual first.
  private func explanations(_ delimiter: Delimiter, _ quoting: Quoting?) -> [Explanation] {
    if let quoting { return [explanation(Dialect(delimiter: delimiter, quoting: quoting))] }
    let plain = explanation(Dialect(delimiter: delimiter, quoting: .none))
    guard bytes.contains(quote) else {
      // Text beyond the sample is read in the usual dialect.
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
    // If most quotes enclose columns, they are meaningful and the others are mistakes.
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

  /// Returns the number of lines that a failed record leaves unexplained.
  private func weight(of result: ScanResult) -> Double {
    guard case .needsMore(let openQuote) = result else { return 1 }
    guard let openQuote else { return 0 }
    return Double(bytes[openQuote...].count { $0 == lineFeed }) / 2
  }
}

/// Returns the most frequent number in `numbers`; of several, the greatest.
func mostFrequent(_ numbers: [Int]) -> Int? {
  Dictionary(numbers.map { ($0, 1) }, uniquingKeysWith: +)
    .max { ($0.value, $0.key) < ($1.value, $1.key) }?.key
}
