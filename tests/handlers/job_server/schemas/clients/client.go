// What a customer's program does, on types and calls that are generated from the document alone.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
)

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	ctx := context.Background()
	client, err := NewClientWithResponses(os.Getenv("CLIPIT_API_URL"), WithRequestEditorFn(
		func(_ context.Context, request *http.Request) error {
			request.Header.Set("Authorization", "Bearer "+os.Getenv("CLIPIT_API_KEY"))
			return nil
		}))
	must(err)
	tone, position := float32(440), CompositionTextPositionTop
	var card, slides, composition SubmitRenderJSONRequestBody
	must(card.FromTitleCardRequest(TitleCardRequest{
		Template: TitleCard,
		Fields:   TitleCardFields{Title: "Hello", ToneHz: &tone},
	}))
	text := "One"
	var fields SlideshowFields
	must(json.Unmarshal([]byte(`{"slides": [{"text": "One"}]}`), &fields))
	fields.Slides[0].Text = &text
	must(slides.FromSlideshowRequest(SlideshowRequest{Template: Slideshow, Fields: fields}))
	must(composition.FromCompositionRequest(CompositionRequest{Composition: Composition{
		Version: 1, Width: 64, Height: 64, Rate: 10,
		Scenes: []CompositionScene{
			{DurationS: 1, Text: &CompositionText{Content: "Hello", Position: &position}},
			{DurationS: 1, Transition: &CompositionTransition{Kind: CompositionTransitionKindFade}},
		},
	}}))
	var ids []string
	for number, body := range []SubmitRenderJSONRequestBody{card, slides, composition} {
		key := fmt.Sprintf("order-%d", number)
		answer, err := client.SubmitRenderWithResponse(ctx, &SubmitRenderParams{IdempotencyKey: &key}, body)
		must(err)
		if answer.JSON202 == nil {
			panic(string(answer.Body))
		}
		ids = append(ids, answer.JSON202.Id)
	}
	seen, err := client.GetRenderWithResponse(ctx, ids[0], nil)
	must(err)
	limit, state := 2, JobStateQueued
	list, err := client.ListRendersWithResponse(ctx, &ListRendersParams{Limit: &limit, State: &state})
	must(err)
	next, err := client.ListRendersWithResponse(ctx, &ListRendersParams{Limit: &limit, Cursor: list.JSON200.NextCursor})
	must(err)
	cancelled, err := client.CancelRenderWithResponse(ctx, ids[0])
	must(err)
	asset, err := client.AnnounceAssetWithResponse(ctx, AssetRequest{ContentType: Imagepng, Size: 5})
	must(err)
	templates, err := client.ListTemplatesWithResponse(ctx)
	must(err)
	var mistaken SubmitRenderJSONRequestBody
	must(json.Unmarshal([]byte(`{"template": "title-card", "fields": {"titel": "x"}}`), &mistaken))
	refused, err := client.SubmitRenderWithResponse(ctx, nil, mistaken)
	must(err)
	var names, pointers []string
	for _, one := range templates.JSON200.Templates {
		names = append(names, one.Name)
	}
	for _, one := range *refused.ApplicationproblemJSON422.Errors {
		pointers = append(pointers, *one.Pointer)
	}
	must(json.NewEncoder(os.Stdout).Encode(map[string]any{
		"waiting":   seen.JSON200.Waiting.Code,
		"listed":    len(list.JSON200.Renders) + len(next.JSON200.Renders),
		"cancelled": cancelled.JSON200.State,
		"method":    asset.JSON201.Upload.Method,
		"templates": names,
		"status":    refused.StatusCode(),
		"pointers":  pointers,
	}))
}
