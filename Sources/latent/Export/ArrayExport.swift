import Ratings

extension ModelExportFormat {
  /// Arrays in NumPy's format, version 1.0 (NEP 1): vectors and biases as float32; ids as int64 or, if they are texts,
  /// as a JSON array; weights as the three arrays of `scipy.sparse.csr_matrix`. `model.json` describes the model.
  static let npy = ModelExportFormat("npy") { export, folder in
    try folder.write("model.json") { file in
      var facts = ResultTable(export.facts.map { ResultTable.Column($0.name) })
      facts.append(export.facts.map(\.value))
      try file.add(facts.formatted(as: .json))
    }
    for side in export.sides {
      if side.vectorLength > 0 {
        try folder.write("\(side.name)_vectors.npy") { file in
          try file.add(arrayHeader("<f4", [side.count, side.vectorLength]))
          for position in 0..<side.count { try file.add(side.row(position).vector) }
        }
      }
      if side.hasBiases {
        try folder.write("\(side.name)_biases.npy") { file in
          try file.add(arrayHeader("<f4", [side.count]))
          for position in 0..<side.count { try file.add([side.row(position).bias]) }
        }
      }
      try write(idsOf: side, into: folder)
    }
    guard export.hasWeights else { return }
    var ends: [Int64] = [0]
    export.forEachItemWithWeights { ends.append(ends[ends.count - 1] + Int64($1.count)) }
    let count = Int(ends[ends.count - 1])
    try folder.write("weights_indptr.npy") { file in
      try file.add(arrayHeader("<i8", [ends.count]))
      try file.add(ends)
    }
    try folder.write("weights_indices.npy") { file in
      try file.add(arrayHeader("<i8", [count]))
      try export.forEachItemWithWeights { try file.add($1.map { Int64($0.item.rawValue) }) }
    }
    try folder.write("weights_data.npy") { file in
      try file.add(arrayHeader("<f4", [count]))
      try export.forEachItemWithWeights { try file.add($1.map(\.weight)) }
    }
  }

  private static func write(idsOf side: ModelExport.Side, into folder: ExportFolder) throws {
    switch side.type {
    case .integer:
      try folder.write("\(side.name)_ids.npy") { file in
        try file.add(arrayHeader("<i8", [side.count]))
        for position in 0..<side.count {
          guard case .integer(let id) = side.row(position).id else {
            preconditionFailure("a text among integers")
          }
          try file.add([id])
        }
      }
    case .text:
      try folder.write("\(side.name)_ids.json") { file in
        for position in 0..<side.count {
          try file.add(
            (position == 0 ? "[\n" : ",\n") + side.row(position).id.description.jsonQuoted)
        }
        try file.add(side.count == 0 ? "[]\n" : "\n]\n")
      }
    }
  }

  /// Returns the header of an array file, whose length is a multiple of 64 bytes.
  private static func arrayHeader(_ type: String, _ shape: [Int]) -> [UInt8] {
    let sizes = shape.map { "\($0)" }.joined(separator: ", ") + (shape.count == 1 ? "," : "")
    var text = "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(sizes)), }"
    let length = (10 + text.utf8.count + 1 + 63) / 64 * 64 - 10
    text += String(repeating: " ", count: length - text.utf8.count - 1) + "\n"
    return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(length & 0xFF), UInt8(length >> 8)]
      + Array(text.utf8)
  }
}
