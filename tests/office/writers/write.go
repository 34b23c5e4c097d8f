// write.go - the files of excelize for test_office_writers.py: go run . DIRECTORY.
package main

import (
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/xuri/excelize/v2"
)

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func styled(file *excelize.File, format string) int {
	style, err := file.NewStyle(&excelize.Style{CustomNumFmt: &format})
	must(err)
	return style
}

// A sheet as people make them: a title over the table, a group's cell over two rows, and another table below.
func writeCells(path string) {
	file := excelize.NewFile()
	must(file.SetSheetName("Sheet1", "Stock"))
	rows := [][]any{
		{"Stock of the mill", nil, nil, nil},
		{},
		{"Hall", "Part", "Count", "Since"},
		{"North", "Gasket", 17, time.Date(2024, 4, 1, 0, 0, 0, 0, time.UTC)},
		{nil, "Valve", 4, time.Date(2024, 5, 2, 0, 0, 0, 0, time.UTC)},
		{"Sum"},
		{},
		{"Supplier", "Town"},
		{"Acme", "Kiel"},
	}
	for i, row := range rows {
		cell, err := excelize.CoordinatesToCellName(1, i+1)
		must(err)
		must(file.SetSheetRow("Stock", cell, &row))
	}
	must(file.MergeCell("Stock", "A1", "D1"))
	must(file.MergeCell("Stock", "A4", "A5"))
	must(file.SetCellStyle("Stock", "D4", "D5", styled(file, "yyyy\"年\"m\"月\"d\"日\"")))
	must(file.SetCellFormula("Stock", "C6", "=SUM(C4:C5)"))
	must(file.AddComment("Stock", excelize.Comment{Cell: "B4", Author: "Ann", Text: "agreed by phone"}))
	must(file.SaveAs(path))
}

// Rows that are written one by one: texts stand in their cells.
func writeStream(path string) {
	file := excelize.NewFile()
	stream, err := file.NewStreamWriter("Sheet1")
	must(err)
	must(stream.SetRow("A1", []any{"Bolt", "Torque", "Worked"}))
	for i, bolt := range []string{"M5", "M8"} {
		cell, err := excelize.CoordinatesToCellName(1, i+2)
		must(err)
		must(stream.SetRow(cell, []any{bolt, 12 * (i + 1), excelize.Cell{StyleID: styled(file, "[h]:mm"), Value: 36.5 / 24}}))
	}
	must(stream.Flush())
	must(file.SaveAs(path))
}

func main() {
	writeCells(filepath.Join(os.Args[1], "excelize.xlsx"))
	writeStream(filepath.Join(os.Args[1], "excelize-stream.xlsx"))
}
