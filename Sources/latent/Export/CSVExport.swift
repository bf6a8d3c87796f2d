extension ModelExportFormat {
  /// Tables according to RFC 4180, except for line ends: `items.csv` and `users.csv`, or `weights.csv`, and
  /// `model.csv`, which describes the model.
  static let csv = ModelExportFormat("csv") { export, folder in
    try folder.write("model.csv") { file in
      try file.add("name,value\n")
      for fact in export.facts { try file.add("\(fact.name),\(fact.value.plain.csvQuoted)\n") }
    }
    for side in export.sides {
      try folder.write("\(side.name)s.csv") { file in
        let columns =
          [side.name] + (side.isTitled ? ["title", "ratings"] : [])
          + (side.hasBiases ? ["bias"] : []) + (0..<side.vectorLength).map { "v\($0)" }
        try file.add(columns.joined(separator: ",") + "\n")
        for position in 0..<side.count {
          let row = side.row(position)
          var cells = [row.id.description.csvQuoted]
          if side.isTitled { cells += [(row.title ?? "").csvQuoted, String(row.ratings)] }
          if side.hasBiases { cells.append("\(row.bias)") }
          cells += row.vector.map { "\($0)" }
          try file.add(cells.joined(separator: ",") + "\n")
        }
      }
    }
    guard export.hasWeights else { return }
    try folder.write("weights.csv") { file in
      try file.add("item,other,weight\n")
      try export.forEachItemWithWeights { item, weights in
        let item = export.id(of: item).description.csvQuoted
        for (other, weight) in weights {
          try file.add("\(item),\(export.id(of: other).description.csvQuoted),\(weight)\n")
        }
      }
    }
  }
}
